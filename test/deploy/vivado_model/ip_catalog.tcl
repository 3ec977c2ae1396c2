# The IPs that the scripts use: interfaces {name type role clock width protocol}, pins {name direction kind}, address spaces
# {name interface base size} and segments {interface/name size}, by their parameters. Pin and interface names as in AMD's product guides.

namespace eval model {
  variable catalog {axi_dma 7.1 axi_interconnect 2.1 smartconnect 1.0 proc_sys_reset 5.0 processing_system7 5.5}
  command get_ipdefs {} {-all} 0 1 {
    variable catalog
    variable engine
    variable state
    set found {}
    foreach {name version} $catalog {
      if {!([has_fault no_axi_interconnect] && $name eq "axi_interconnect")} { lappend found xilinx.com:ip:$name:$version }
    }
    if {[info exists state(catalog)] && $state(catalog)} { lappend found [dict get $engine vlnv] }
    return [lsearch -all -inline -glob $found [lindex $words 0]]
  }
}

# Parameter of a cell, with its default.
proc model::parameter {cell name default} {
  variable config
  return [expr {[info exists config($cell,$name)] ? $config($cell,$name) : $default}]
}

# What a cell has now; keys interfaces, pins, spaces, segments.
proc model::shape {cell} {
  variable cells
  set ip [lindex [split $cells($cell) :] 2]
  if {[llength [info procs ::model::shape_$ip]] == 0} {
    variable engine
    return $engine
  }
  return [shape_$ip $cell]
}

proc model::shape_processing_system7 {cell} {
  set interfaces {{DDR ddrx_rtl master {} 0 {}} {FIXED_IO fixedio_rtl master {} 0 {}}}
  set pins {{FCLK_CLK0 out clock} {FCLK_RESET0_N out reset}}
  set segments {}
  if {[parameter $cell PCW_USE_M_AXI_GP0 1]} {
    lappend interfaces {M_AXI_GP0 aximm_rtl master M_AXI_GP0_ACLK 32 AXI3}
    lappend pins {M_AXI_GP0_ACLK in clock}
  }
  foreach port {HP0 HP1 HP2 HP3} {
    if {[parameter $cell PCW_USE_S_AXI_$port 0]} {
      lappend interfaces [list S_AXI_$port aximm_rtl slave S_AXI_${port}_ACLK [parameter $cell PCW_S_AXI_${port}_DATA_WIDTH 64] AXI3]
      lappend pins [list S_AXI_${port}_ACLK in clock]
      variable ddr_bytes
      lappend segments [list S_AXI_$port/${port}_DDR_LOWOCM $ddr_bytes]
    }
  }
  if {[parameter $cell PCW_USE_FABRIC_INTERRUPT 0] && [parameter $cell PCW_IRQ_F2P_INTR 0]} {
    lappend pins {IRQ_F2P in interrupt}
  }
  return [dict create interfaces $interfaces pins $pins spaces {{Data M_AXI_GP0 0x40000000 0x40000000}} segments $segments]
}

proc model::shape_proc_sys_reset {cell} {
  return [dict create interfaces {} spaces {} segments {} pins {
    {slowest_sync_clk in clock} {ext_reset_in in reset} {aux_reset_in in optional} {mb_debug_sys_rst in optional} {dcm_locked in optional}
    {interconnect_aresetn out reset} {peripheral_aresetn out reset} {peripheral_reset out reset_high} {bus_struct_reset out reset_high}
  }]
}

proc model::shape_axi_dma {cell} {
  set width [parameter $cell c_m_axis_mm2s_tdata_width 32]
  set memory [parameter $cell c_m_axi_mm2s_data_width 32]
  if {$width > $memory} {
    fail "$cell: a stream of $width bits on a memory side of $memory"
  }
  set interfaces [list {S_AXI_LITE aximm_rtl slave s_axi_lite_aclk 32 AXI4LITE} [list M_AXI_MM2S aximm_rtl master m_axi_mm2s_aclk $memory AXI4] \
    [list M_AXIS_MM2S axis_rtl master m_axi_mm2s_aclk $width {}]]
  set pins {{s_axi_lite_aclk in clock} {m_axi_mm2s_aclk in clock} {axi_resetn in reset} {mm2s_introut out interrupt} {mm2s_prmry_reset_out_n out reset}}
  set spaces {{Data_MM2S M_AXI_MM2S 0 0x100000000}}
  if {[parameter $cell c_include_sg 1]} {
    lappend interfaces {M_AXI_SG aximm_rtl master m_axi_sg_aclk 32 AXI4}
    lappend pins {m_axi_sg_aclk in clock}
    lappend spaces {Data_SG M_AXI_SG 0 0x100000000}
  }
  if {[parameter $cell c_include_s2mm 1]} {
    set width [parameter $cell c_s_axis_s2mm_tdata_width 32]
    set memory [parameter $cell c_m_axi_s2mm_data_width 32]
    if {$width > $memory} {
      fail "$cell: a stream of $width bits on a memory side of $memory"
    }
    lappend interfaces [list M_AXI_S2MM aximm_rtl master m_axi_s2mm_aclk $memory AXI4] [list S_AXIS_S2MM axis_rtl slave m_axi_s2mm_aclk $width {}]
    lappend pins {m_axi_s2mm_aclk in clock} {s2mm_introut out interrupt} {s2mm_prmry_reset_out_n out reset}
    lappend spaces {Data_S2MM M_AXI_S2MM 0 0x100000000}
  }
  return [dict create interfaces $interfaces pins $pins spaces $spaces segments {{S_AXI_LITE/Reg 0x10000}}]
}

# Ports of an interconnect convert widths and protocols.
proc model::shape_axi_interconnect {cell} {
  set pins {{ACLK in clock} {ARESETN in reset}}
  set interfaces {}
  foreach {letter role parameter default} {S slave NUM_SI 1 M master NUM_MI 2} {
    for {set index 0} {$index < [parameter $cell $parameter $default]} {incr index} {
      set name [format %s%02d $letter $index]
      lappend interfaces [list ${name}_AXI aximm_rtl $role ${name}_ACLK any any]
      lappend pins [list ${name}_ACLK in clock] [list ${name}_ARESETN in reset]
    }
  }
  return [dict create interfaces $interfaces pins $pins spaces {} segments {}]
}

proc model::shape_smartconnect {cell} {
  set interfaces {}
  foreach {letter role parameter default} {S slave NUM_SI 2 M master NUM_MI 1} {
    for {set index 0} {$index < [parameter $cell $parameter $default]} {incr index} {
      lappend interfaces [list [format %s%02d_AXI $letter $index] aximm_rtl $role aclk any any]
    }
  }
  return [dict create interfaces $interfaces pins {{aclk in clock} {aresetn in reset}} spaces {} segments {}]
}
